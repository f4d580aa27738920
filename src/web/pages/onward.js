const on = document.getElementById("on"), login = on.dataset.login, fragment = location.hash;
const fits = fragment.length < 1000 && !/[#?&](access|id)_token=/.test(fragment);
location.replace(login && fragment && fits ? login + encodeURIComponent(fragment) : on.href);
